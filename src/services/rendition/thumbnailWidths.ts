/** Widths in pixels in which thumbnails are made. In a file of its own, since a process that loads nothing else reads it. */
export const thumbnailWidths = [160, 320, 640] as const
export type ThumbnailWidth = (typeof thumbnailWidths)[number]
