import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import type { IssuedToken } from '../../../src-shared/model/account.ts';
import { US_PER_MS } from '../../../src-shared/util/units.ts';
import { api } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import rows from '../../components/row-list.module.css';
import { formatDateTime } from '../../format/times.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import { useSessionStore } from '../../stores/session-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { SettingsSection } from '../settings/settings-section.tsx';
import styles from './access-list.module.css';
import { tokenRightsWords } from './access-words.ts';
import { TokenDialog } from './token-dialog.tsx';

/** Those that somebody made; what a login brought along ends with the login. */
const readTokens = async (signal: AbortSignal) =>
  (await api.call('listTokens', { signal })).tokens.filter(({ account }) => account === null);
/** More than this are shown when they are asked for. */
const FEW = 8;

/** Tokens for programs, players and publishers. */
export function TokensSection() {
  const isAdmin = useIsAdmin();
  if (!isAdmin) return null;
  return (
    <SettingsSection
      id="tokens"
      title="Tokens"
      place={
        <>
          Signed with <code>auth.secret</code> of liveman.toml
        </>
      }
    >
      <TokenList />
    </SettingsSection>
  );
}

function TokenList() {
  const canIssue = useSessionStore((state) => state.session?.canIssueTokens ?? false);
  const { problem, reload, value: tokens } = useReading('tokens', readTokens);
  const zone = useZone();
  const [isAsked, setIsAsked] = useState(false);
  const [isAllShown, setIsAllShown] = useState(false);
  const [revoked, setRevoked] = useState<IssuedToken | null>(null);
  const time = (ms: number) => formatDateTime(ms * US_PER_MS, zone, 'minutes');
  return (
    <div className={styles.stack}>
      {problem && (
        <Callout tone="bad" onRetry={reload}>
          {problem}
        </Callout>
      )}
      <div className={styles.bar}>
        <span>
          {canIssue
            ? 'For programs, players and publishers: one stream or all, for a limited time.'
            : 'Set auth.secret in liveman.toml to a long random text and start again; then tokens can be made.'}
        </span>
        <span className={styles.buttons}>
          <Button
            icon={<KeyRound size={14} strokeWidth={1.75} aria-hidden />}
            disabled={!canIssue}
            onClick={() => setIsAsked(true)}
          >
            Make a token
          </Button>
        </span>
      </div>
      {tokens && tokens.length > 0 && (
        <ul className={rows.list} aria-label="Issued tokens">
          {tokens.slice(0, isAllShown ? tokens.length : FEW).map((token) => (
            <li key={token.id} className={rows.row} data-off={token.revokedAtMs !== null || undefined}>
              <div className={rows.main}>
                <div className={rows.name}>
                  {token.label || 'without a label'}
                  {token.revokedAtMs !== null && <Badge tone="warn">revoked</Badge>}
                </div>
                <div className={rows.hint}>{tokenRightsWords(token)}</div>
                <div className={rows.hint}>
                  until {time(token.expiresAtMs)}, made by {token.issuedBy}
                </div>
              </div>
              {token.revokedAtMs === null && (
                <Button tone="plain" onClick={() => setRevoked(token)}>
                  Revoke
                </Button>
              )}
            </li>
          ))}
          {tokens.length > FEW && !isAllShown && (
            <li className={rows.more}>
              <Button tone="plain" onClick={() => setIsAllShown(true)}>
                Show all {tokens.length}
              </Button>
            </li>
          )}
        </ul>
      )}
      {isAsked && <TokenDialog onClose={() => setIsAsked(false)} onMade={reload} />}
      {revoked && (
        <ConfirmDialog
          title={`Revoke ${revoked.label || 'this token'}?`}
          keep="Keep it"
          action="Revoke it"
          onClose={() => setRevoked(null)}
          run={async () => {
            await api.call('revokeToken', { params: { id: revoked.id } });
            showToast({ text: `Revoked ${revoked.label || 'the token'}.` });
            reload();
          }}
        >
          <p>It {tokenRightsWords(revoked)}. Liveman refuses it at once, in every place where it is used.</p>
          <p className={styles.explain}>
            Nodes that share auth.secret do not learn of it: there it stays good until{' '}
            {time(revoked.expiresAtMs)}.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
