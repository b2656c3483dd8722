/** Ways to sign in that the server offers: `link`, a one-time link, and `service`, the login service of the school. */
export const signInMethods: readonly string[] = (
  document.querySelector<HTMLMetaElement>('meta[name=sign-in-methods]')?.content ?? ''
).split(' ')
