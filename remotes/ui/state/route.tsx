/** The router, handed to every component. */
import { createContext, type ReactNode, use, useSyncExternalStore } from 'react'
import type { Router, Stack } from './router.ts'

const RouterContext = createContext<Router | null>(null)

export function RouterProvider({ router, children }: { readonly router: Router; readonly children: ReactNode }) {
  return <RouterContext value={router}>{children}</RouterContext>
}

export function useRouter(): Router {
  const router = use(RouterContext)
  if (!router) throw new TypeError('outside of RouterProvider')
  return router
}

export function useStack(): Stack {
  const router = useRouter()
  return useSyncExternalStore(router.subscribe, router.stack)
}
