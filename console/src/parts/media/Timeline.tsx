import { ChevronLeft, ChevronRight, FastForward, Rewind } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { Slider, SliderThumb, SliderTrack } from 'react-aria-components/Slider'
import { useTranslations } from 'use-intl'
import { formatDuration } from '../format.ts'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './Timeline.module.css'
import { usePlayerState, usePlayerSteps } from './usePlayer.ts'

interface TimelineProps {
  player: HTMLMediaElement | null
  hasFrames: boolean
  /** Duration that the server has measured, until the player knows it. */
  durationSeconds: number | null
}

/** Strip below a player: its position, and which parts are loaded. Its drawing is as wide as the media is long, in seconds. */
export const Timeline = ({ player, hasFrames, durationSeconds }: TimelineProps) => {
  const t = useTranslations('media.timeline')
  const state = usePlayerState(player)
  const steps = usePlayerSteps(player)
  const end = state.durationSeconds ?? durationSeconds ?? 0
  const move = (seconds: number): void => {
    if (player !== null) player.currentTime = seconds
  }
  const handleKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !steps.handleKey(event.key)) return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <section className={styles.timeline} aria-label={t('label')} onKeyDownCapture={handleKey}>
      <Slider
        className={styles.slider}
        aria-label={t('position')}
        minValue={0}
        maxValue={Math.max(end, 0.01)}
        step={0.01}
        value={Math.min(state.seconds, end)}
        onChange={move}
        isDisabled={end === 0}
        formatOptions={{ style: 'unit', unit: 'second', unitDisplay: 'long', maximumFractionDigits: 1 }}
      >
        <SliderTrack className={styles.track}>
          <svg
            className={styles.drawing}
            viewBox={`0 0 ${Math.max(end, 0.01)} 1`}
            preserveAspectRatio="none"
            aria-hidden
          >
            {state.buffered.map(({ from, to }) => (
              <rect key={from} className={styles.buffered} x={from} y={0} width={to - from} height={1} />
            ))}
            <rect className={styles.played} x={0} y={0} width={Math.min(state.seconds, end)} height={1} />
          </svg>
          <SliderThumb className={styles.thumb} aria-label={t('position')} />
        </SliderTrack>
      </Slider>
      <p className={styles.time}>
        {formatDuration(state.seconds)} / {formatDuration(end)}
      </p>
      <div className={styles.steps}>
        <IconButton label={t('back')} icon={<Rewind aria-hidden />} onPress={() => steps.seek(-5)} />
        {hasFrames && (
          <>
            <IconButton
              label={t('previousFrame')}
              icon={<ChevronLeft aria-hidden />}
              onPress={() => steps.stepFrame(-1)}
            />
            <IconButton label={t('nextFrame')} icon={<ChevronRight aria-hidden />} onPress={() => steps.stepFrame(1)} />
          </>
        )}
        <IconButton label={t('forward')} icon={<FastForward aria-hidden />} onPress={() => steps.seek(5)} />
      </div>
    </section>
  )
}
