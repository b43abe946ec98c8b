import { file } from 'guichet'
import { defineForm } from 'guichet/sites'
import { z } from 'zod'
import type { Words } from './words.ts'

/** Fields have labels: a form for each language, made once. */
export function reviewForm(words: Words) {
  return defineForm({
    author: { label: words.author, schema: z.string().min(1).max(60), autocomplete: 'nickname' },
    stars: { label: words.stars, type: 'number', schema: z.int().min(1).max(5) },
    words: { label: words.words, type: 'textarea', schema: z.string().min(1).max(2000), rows: 4 },
    picture: {
      label: words.picture,
      type: 'file',
      param: file({ types: ['image/png', 'image/jpeg', 'image/webp'], bytesMax: 1_000_000, isOptional: true }),
      hint: words.pictureHint,
    },
  })
}

export function preferencesForm(words: Words) {
  return defineForm({
    lang: {
      label: words.language,
      type: 'select',
      options: { en: 'English', fr: 'Français', pt: 'Português' },
      schema: z.enum(['en', 'fr', 'pt']),
    },
    theme: { label: words.theme, type: 'radio', options: words.themes, schema: z.enum(['auto', 'light', 'dark']) },
  })
}
