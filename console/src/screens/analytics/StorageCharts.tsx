import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import type { Storage } from '../../data/analytics.ts'
import { BarList } from '../../parts/charts/BarList.tsx'
import { ChartCard } from '../../parts/charts/ChartCard.tsx'
import { ColumnChart } from '../../parts/charts/ColumnChart.tsx'
import { nameOfResource } from '../../parts/delete/ResourcePath.tsx'
import { useFormat } from '../../parts/format.ts'
import { MediaThumb } from '../../parts/media/MediaThumb.tsx'
import styles from './Analytics.module.css'

type Growth = Storage['growth'][number]
type Kind = Storage['byKind'][number]
type Size = Storage['sizeDistribution'][number]
type Course = Storage['courses'][number]

const nameOf = ({ course }: Course): string => nameOfResource(course)

/** The charts of the library, each with its table. */
export const StorageCharts = ({ storage }: { storage: Storage }) => {
  const t = useTranslations('analytics')
  const library = useTranslations('library')
  const format = useFormat()
  const sizeOf = ({ fromBytes, toBytes }: Size): string =>
    toBytes === null
      ? t('sizeFrom', { from: format.binaryBytes(fromBytes) })
      : t('sizeBelow', { to: format.binaryBytes(toBytes) })
  const kindOf = ({ kind }: Kind): string => library('kind', { kind })
  return (
    <div className={styles.charts}>
      <ChartCard
        title={t('growth')}
        summary={t('growthSummary')}
        rows={storage.growth}
        rowKey={({ from }) => from}
        columns={[
          { key: 'month', title: t('month'), render: ({ from }: Growth) => format.month(from) },
          { key: 'files', title: t('files'), isNumber: true, render: ({ files }) => format.number(files) },
          { key: 'bytes', title: t('uploaded'), isNumber: true, render: ({ bytes }) => format.bytes(bytes) },
          { key: 'total', title: t('total'), isNumber: true, render: ({ totalBytes }) => format.bytes(totalBytes) },
        ]}
        chart={
          <ColumnChart
            values={storage.growth.map(({ from, bytes }) => ({
              key: from,
              label: format.shortMonth(from),
              value: bytes,
            }))}
            formatValue={format.bytes}
          />
        }
      />
      <ChartCard
        title={t('sizes')}
        summary={t('sizesSummary')}
        rows={storage.sizeDistribution}
        rowKey={({ fromBytes }) => String(fromBytes)}
        columns={[
          { key: 'size', title: t('size'), render: sizeOf },
          { key: 'files', title: t('files'), isNumber: true, render: ({ files }) => format.number(files) },
        ]}
        chart={
          <BarList
            values={storage.sizeDistribution.map((bucket) => ({
              key: String(bucket.fromBytes),
              label: sizeOf(bucket),
              value: bucket.files,
            }))}
            formatValue={format.number}
          />
        }
      />
      <ChartCard
        title={t('kinds')}
        summary={t('kindsSummary')}
        rows={storage.byKind}
        rowKey={({ kind }) => kind}
        columns={[
          { key: 'kind', title: t('kind'), render: kindOf },
          { key: 'files', title: t('files'), isNumber: true, render: ({ files }) => format.number(files) },
          { key: 'bytes', title: t('bytes'), isNumber: true, render: ({ bytes }) => format.bytes(bytes) },
        ]}
        chart={
          <BarList
            values={storage.byKind.map((share) => ({ key: share.kind, label: kindOf(share), value: share.bytes }))}
            formatValue={format.bytes}
          />
        }
      />
      <ChartCard
        title={t('courses')}
        summary={t('coursesSummary')}
        rows={storage.courses}
        rowKey={({ course }) => course.id}
        columns={[
          { key: 'course', title: t('course'), render: nameOf },
          { key: 'files', title: t('files'), isNumber: true, render: ({ files }) => format.number(files) },
          { key: 'bytes', title: t('bytes'), isNumber: true, render: ({ bytes }) => format.bytes(bytes) },
        ]}
        chart={
          storage.courses.length === 0 ? (
            <p className={styles.muted}>{t('noCourses')}</p>
          ) : (
            <BarList
              values={storage.courses.map((share) => ({
                key: share.course.id,
                label: nameOf(share),
                value: share.bytes,
              }))}
              formatValue={format.bytes}
            />
          )
        }
      />
      <section className={styles.card} aria-label={t('mostUsed')}>
        <h2>{t('mostUsed')}</h2>
        {storage.mostUsed.length === 0 && <p className={styles.muted}>{t('noneUsed')}</p>}
        <ol className={styles.list}>
          {storage.mostUsed.map((media) => (
            <li key={media.id} className={styles.used}>
              <span className={styles.picture}>
                <MediaThumb media={media} />
              </span>
              <Link to="/library" search={{ media: media.id }}>
                {media.title}
              </Link>
              <span className={styles.muted}>{t('uses', { count: media.usageCount })}</span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  )
}
