/** The browser's Rtc adapter between two pages of Chromium. */
import { rtcSuite } from './rtc-suite.ts'
import { startPagePair } from './network/page-rtc.ts'

rtcSuite('two pages', startPagePair)
