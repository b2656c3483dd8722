import { CirclePlay } from 'lucide-react'
import { type KeyboardEvent, useCallback, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Select } from '../ui/Select.tsx'
import styles from './MediaViewer.module.css'
import { Timeline } from './Timeline.tsx'
import { usePlayerSteps } from './usePlayer.ts'
import { type Source, toSources, type Viewable } from './viewable.ts'

interface PlayerViewerProps {
  media: Viewable
  hasTimeline: boolean
}

const canPlay = (mimeType: string): boolean => document.createElement('video').canPlayType(mimeType) !== ''

/** Plays a video or a sound. The address in use is kept while it works: a renewed one would begin from the start. */
export const PlayerViewer = ({ media, hasTimeline }: PlayerViewerProps) => {
  const t = useTranslations('media.viewer')
  const sources = toSources(media, canPlay)
  const [chosen, setChosen] = useState<Source | null>(sources[0] ?? null)
  const [failedUrls, setFailedUrls] = useState<readonly string[]>([])
  const [player, setPlayer] = useState<HTMLMediaElement | null>(null)
  const resumeAt = useRef(0)
  const { handleKey } = usePlayerSteps(player)
  const source = chosen ?? sources[0] ?? null
  const isVideo = media.kind === 'VIDEO'
  const elementRef = useCallback((element: HTMLMediaElement | null) => setPlayer(element), [])

  const switchTo = (next: Source | null): void => {
    resumeAt.current = player?.currentTime ?? 0
    setChosen(next)
  }
  // An address expires after hours, and a file may turn out to be unplayable: another one may work.
  const recover = (): void => {
    if (source === null) return
    const failed = [...failedUrls, source.url]
    setFailedUrls(failed)
    switchTo(sources.find(({ url }) => !failed.includes(url)) ?? null)
  }
  const resume = (): void => {
    if (player !== null && resumeAt.current > 0) player.currentTime = resumeAt.current
    resumeAt.current = 0
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !handleKey(event.key)) return
    event.preventDefault()
  }

  if (source === null || failedUrls.includes(source.url))
    return (
      <EmptyState icon={<CirclePlay size={24} aria-hidden />} title={t('cannotPlay')}>
        {t('cannotPlayHint')}
      </EmptyState>
    )
  const shared = {
    ref: elementRef,
    src: source.url,
    controls: true,
    preload: hasTimeline ? 'metadata' : 'none',
    'aria-label': media.title,
    onError: recover,
    onLoadedMetadata: resume,
    onKeyDown,
  } as const
  return (
    <div className={styles.player}>
      {isVideo ? (
        <video
          {...shared}
          className={styles.video}
          poster={media.thumbnail ?? undefined}
          playsInline
          style={{ aspectRatio: media.width === null ? '16 / 9' : `${media.width} / ${media.height}` }}
        />
      ) : (
        <>
          {media.thumbnail !== null && <img className={styles.waveform} src={media.thumbnail} alt="" />}
          <audio {...shared} className={styles.audio} />
        </>
      )}
      {hasTimeline && <Timeline player={player} hasFrames={isVideo} durationSeconds={media.durationSeconds} />}
      {hasTimeline && sources.length > 1 && (
        <div className={styles.tools}>
          <span className={styles.source}>
            <Select
              label={t('source')}
              isLabelHidden
              options={sources.map(({ profile }) => ({ value: profile, label: t('sourceName', { profile }) }))}
              value={source.profile}
              onChange={(profile) => switchTo(sources.find((one) => one.profile === profile) ?? null)}
            />
          </span>
        </div>
      )}
    </div>
  )
}
