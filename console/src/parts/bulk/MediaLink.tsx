import { Link } from '@tanstack/react-router'

interface MediaLinkProps {
  id: string
  children: string
}

/** Link to a media of the library. */
export const MediaLink = ({ id, children }: MediaLinkProps) => (
  <Link to="/library/$id/$tab" params={{ id, tab: 'overview' }}>
    {children}
  </Link>
)
