export const russian = 'Лекция номер два: введение в алгебру и анализ. Задачи к семинару.'
export const chinese = '本课程介绍数学分析的基础知识。'

/** Windows-1251 keeps the Russian letters in the order of Unicode. */
export const toWindows1251 = (text: string): Buffer =>
  Buffer.from(
    [...text]
      .map((character) => (character < 'А' ? character : String.fromCharCode(character.charCodeAt(0) - 0x350)))
      .join(''),
    'latin1',
  )

/** Finds the bytes of each character by trying all pairs, since Node only decodes GBK. */
export const toGbk = (text: string): Buffer => {
  const decoder = new TextDecoder('gbk')
  const pairs = new Map<string, number[]>()
  for (let lead = 0x81; lead < 0xff; lead++)
    for (let trail = 0x40; trail < 0xff; trail++) pairs.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail])
  return Buffer.from([...text].flatMap((character) => pairs.get(character) ?? [character.charCodeAt(0)]))
}
