/** Cookie of a browser session. */
export const SESSION_COOKIE = 'liveman_session';

/** Attributes of the session cookie: not for scripts, not for other sites. */
export const SESSION_COOKIE_OPTIONS = { path: '/', httpOnly: true, sameSite: 'strict' } as const;
