/** Answers one question after another until SIGTERM. A question that cannot be answered ends the process. */
export const answerQuestions = <Question>(
  answer: (question: Question) => Promise<unknown>,
  close: () => Promise<void> = async () => {},
): void => {
  process.on('message', (question: Question) => {
    answer(question).then(
      (given) => process.send?.(given),
      (error: unknown) => {
        process.stderr.write(`${error}\n`)
        process.exit(1)
      },
    )
  })
  process.once('SIGTERM', () => {
    close().finally(() => process.exit(0))
  })
  process.send?.('ready')
}
