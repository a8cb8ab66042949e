/**
 * A picture that a person chose, made into one that a room can carry: cut to a square, made small, and drawn anew,
 * so that nothing of its file but the pixels is left.
 */
import { LIMITS } from '#contracts/limits.ts'

/** Drawn at most this large on any screen: 4.5 rem at three pixels each, and text twice as large. */
const SIDES_PX = [432, 320, 224, 160, 96]
const QUALITIES = [0.85, 0.7, 0.5]
/** Beyond this no camera goes; decoding takes memory. */
const FILE_BYTES = 64 * 1024 * 1024

/** At most LIMITS.pictureBytes of image/webp or image/jpeg; null if the browser cannot read it as a picture. */
export async function smallPicture(file: Blob): Promise<Blob | null> {
  if (file.size > FILE_BYTES) return null
  const whole = await createImageBitmap(file).catch(() => null)
  if (!whole) return null
  try {
    for (const side of SIDES_PX) {
      const canvas = drawn(whole, side)
      if (!canvas) return null
      for (const quality of QUALITIES) {
        const blob = await encoded(canvas, quality)
        if (blob && blob.size <= LIMITS.pictureBytes) return blob
      }
    }
    return null
  } finally {
    whole.close()
  }
}

/** The middle of the picture, as a square of at most `side` pixels. Without transparency: it has to look the same on every ground. */
function drawn(picture: ImageBitmap, side: number): HTMLCanvasElement | null {
  const cut = Math.min(picture.width, picture.height)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = Math.min(side, cut)
  const context = canvas.getContext('2d', { alpha: false })
  if (!context) return null
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  const [x, y] = [(picture.width - cut) / 2, (picture.height - cut) / 2]
  context.drawImage(picture, x, y, cut, cut, 0, 0, canvas.width, canvas.height)
  return canvas
}

/** A browser that cannot write WebP hands out PNG instead: then JPEG. */
async function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  const as = (type: string): Promise<Blob | null> => new Promise((resolve) => canvas.toBlob(resolve, type, quality))
  const blob = await as('image/webp')
  return blob?.type === 'image/webp' ? blob : as('image/jpeg')
}
