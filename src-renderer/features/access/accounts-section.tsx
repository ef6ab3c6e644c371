import { Ellipsis, UserPlus } from 'lucide-react';
import { useState } from 'react';
import type { Account } from '../../../src-shared/model/account.ts';
import { api } from '../../api/client.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import rows from '../../components/row-list.module.css';
import { useIsAdmin } from '../../stores/rights.ts';
import { loadSession, useSessionStore } from '../../stores/session-store.ts';
import { showToast } from '../../stores/toast-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import { SettingsSection } from '../settings/settings-section.tsx';
import styles from './access-list.module.css';
import { accountHint } from './access-words.ts';
import { AccountDialog } from './account-dialog.tsx';
import { OwnPasswordDialog } from './own-password-dialog.tsx';
import { PasswordDialog } from './password-dialog.tsx';

const readAccounts = async (signal: AbortSignal) => (await api.call('listAccounts', { signal })).accounts;

type Asked =
  | { readonly kind: 'add' | 'own-password' }
  | { readonly kind: 'edit' | 'password' | 'remove'; readonly account: Account };

/** Who logs in, and as what. */
export function AccountsSection() {
  const isAdmin = useIsAdmin();
  const session = useSessionStore((state) => state.session);
  if (!session) return null;
  return (
    <SettingsSection
      id="accounts"
      title="Accounts"
      place={
        <>
          Made here, or <code>[[auth.accounts]]</code> in liveman.toml
        </>
      }
    >
      {isAdmin ? <AccountList /> : <OwnAccount />}
    </SettingsSection>
  );
}

function OwnAccount() {
  const session = useSessionStore((state) => state.session);
  const [isAsked, setIsAsked] = useState(false);
  return (
    <div className={styles.bar}>
      <span>
        You are logged in as <strong>{session?.name}</strong>.
      </span>
      {session?.accountOrigin === 'stored' && (
        <Button onClick={() => setIsAsked(true)}>Change your password</Button>
      )}
      {isAsked && <OwnPasswordDialog onClose={() => setIsAsked(false)} />}
    </div>
  );
}

function AccountList() {
  const { problem, reload, value: accounts } = useReading('accounts', readAccounts);
  const session = useSessionStore((state) => state.session);
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const changed = (text: string) => {
    showToast({ text });
    reload();
    void loadSession();
  };
  return (
    <div className={styles.stack}>
      {problem && (
        <Callout tone="bad" onRetry={reload}>
          {problem}
        </Callout>
      )}
      <div className={styles.bar}>
        <span>
          {accounts?.length === 0 && session?.isAuthRequired === false
            ? 'Nobody has to log in. From the first account on, everybody has to.'
            : 'Viewers watch, operators also steer, administrators also change settings.'}
        </span>
        <span className={styles.buttons}>
          {session?.accountOrigin === 'stored' && (
            <Button onClick={() => setAsked({ kind: 'own-password' })}>Change your password</Button>
          )}
          <Button
            icon={<UserPlus size={14} strokeWidth={1.75} aria-hidden />}
            onClick={() => setAsked({ kind: 'add' })}
          >
            Add account
          </Button>
        </span>
      </div>
      {accounts && accounts.length > 0 && (
        <ul className={rows.list} aria-label="Accounts">
          {accounts.map((account) => (
            <li key={account.name} className={rows.row} data-off={account.isDisabled || undefined}>
              <div className={rows.main}>
                <div className={rows.name}>
                  {account.name}
                  {account.name === session?.name && <Badge>you</Badge>}
                  {account.isDisabled && <Badge tone="warn">disabled</Badge>}
                  {account.problem && <Badge tone="bad">unusable</Badge>}
                </div>
                <div className={rows.hint}>{accountHint(account)}</div>
              </div>
              {account.origin === 'stored' && (
                <Menu
                  label={`Account ${account.name}`}
                  trigger={
                    <IconButton label={`Change ${account.name}`}>
                      <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
                    </IconButton>
                  }
                >
                  <MenuItem onSelect={() => setAsked({ kind: 'edit', account })}>Change rights</MenuItem>
                  <MenuItem onSelect={() => setAsked({ kind: 'password', account })}>Set password</MenuItem>
                  <MenuSeparator />
                  <MenuItem isDanger onSelect={() => setAsked({ kind: 'remove', account })}>
                    Remove {account.name}
                  </MenuItem>
                </Menu>
              )}
            </li>
          ))}
        </ul>
      )}
      {asked?.kind === 'add' && (
        <AccountDialog
          account={null}
          isFirst={session?.isAuthRequired === false}
          onClose={close}
          onDone={changed}
        />
      )}
      {asked?.kind === 'edit' && (
        <AccountDialog account={asked.account} isFirst={false} onClose={close} onDone={changed} />
      )}
      {asked?.kind === 'password' && (
        <PasswordDialog name={asked.account.name} onClose={close} onDone={changed} />
      )}
      {asked?.kind === 'own-password' && <OwnPasswordDialog onClose={close} />}
      {asked?.kind === 'remove' && (
        <ConfirmDialog
          title={`Remove ${asked.account.name}?`}
          keep="Keep it"
          action={`Remove ${asked.account.name}`}
          onClose={close}
          run={async () => {
            await api.call('removeAccount', { params: { name: asked.account.name } });
            changed(`Removed ${asked.account.name}.`);
          }}
        >
          <p>
            <strong>{asked.account.name}</strong> cannot log in any more, and is logged out everywhere at
            once. Entries in the audit log stay.
          </p>
        </ConfirmDialog>
      )}
    </div>
  );
}
