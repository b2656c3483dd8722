import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useTagSuggestions } from '../../data/tags.ts'
import { TagsField } from '../ui/TagsField.tsx'

interface UploadTagsProps {
  label: string
  isLabelHidden?: boolean
  tags: readonly string[]
  onChange(tags: readonly string[]): void
}

/** Input of tags with those of the library as suggestions. */
export const UploadTags = (props: UploadTagsProps) => {
  const t = useTranslations('upload')
  const [text, setText] = useState('')
  const { data = [] } = useTagSuggestions(text)
  return (
    <TagsField
      {...props}
      placeholder={t('tagsPlaceholder')}
      suggestions={data.map(({ name }) => name)}
      onSearch={setText}
      removeLabel={(tag) => t('removeTag', { tag })}
    />
  )
}
