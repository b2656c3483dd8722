/** Tabs of the screen of a media, as in its address. */
const mediaTabs = ['overview', 'usages', 'versions', 'renditions', 'history', 'assignments'] as const

export type MediaTab = (typeof mediaTabs)[number]

export const toMediaTab = (text: string): MediaTab | undefined => mediaTabs.find((tab) => tab === text)
