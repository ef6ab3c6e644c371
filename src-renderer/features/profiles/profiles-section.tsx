import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import type { Profile } from '../../../src-shared/model/profile.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../components/menu.tsx';
import rows from '../../components/row-list.module.css';
import { useProfilesStore } from '../../stores/profiles-store.ts';
import { AdminOnly } from '../access/only.tsx';
import { SettingsSection } from '../settings/settings-section.tsx';
import { switchTo } from './profile-actions.ts';
import { CreateDialog, DeleteDialog, ExportDialog, ImportDialog, RenameDialog } from './profile-dialogs.tsx';
import styles from './profiles-section.module.css';

type Asked =
  | { readonly kind: 'create' | 'import' }
  | { readonly kind: 'rename' | 'duplicate' | 'export' | 'delete'; readonly profile: Profile };

/** Clusters side by side: which there are, which runs, and what can be done with them. */
export function ProfilesSection() {
  const list = useProfilesStore((state) => state.list);
  const [asked, setAsked] = useState<Asked | null>(null);
  if (!list || list.profiles.length === 0) return null;
  const isSwitching = list.switchingTo !== null;
  return (
    <SettingsSection id="profiles" title="Profiles" place="A cluster each, one runs at a time">
      <div className={styles.stack}>
        {list.problem && <Callout tone="bad">{list.problem}</Callout>}
        <ul className={rows.list} aria-label="Profiles">
          {list.profiles.map((profile) => (
            <ProfileRow
              key={profile.id}
              profile={profile}
              isStarting={profile.id === list.switchingTo}
              isSwitching={isSwitching}
              onAsk={(kind) => setAsked({ kind, profile })}
            />
          ))}
        </ul>
        <AdminOnly>
          <div className={styles.buttons}>
            <Button onClick={() => setAsked({ kind: 'create' })}>New profile</Button>
            <Button onClick={() => setAsked({ kind: 'import' })}>Import</Button>
          </div>
        </AdminOnly>
      </div>
      {asked && <AskedDialog asked={asked} onClose={() => setAsked(null)} />}
    </SettingsSection>
  );
}

interface ProfileRowProps {
  readonly profile: Profile;
  readonly isStarting: boolean;
  readonly isSwitching: boolean;
  readonly onAsk: (kind: 'rename' | 'duplicate' | 'export' | 'delete') => void;
}

function ProfileRow({ profile, isStarting, isSwitching, onAsk }: ProfileRowProps) {
  const { configPath, database, dataDir, isActive, isDefault, name } = profile;
  return (
    <li className={rows.row}>
      <div className={rows.main}>
        <div className={rows.name}>
          {name}
          {isActive && <Badge tone="ok">runs</Badge>}
          {isStarting && <Badge>starting</Badge>}
        </div>
        <AdminOnly>
          <div className={rows.hint}>{`Database: ${database}`}</div>
          <div className={rows.hint}>{configPath ?? dataDir}</div>
        </AdminOnly>
      </div>
      <AdminOnly>
        {!isActive && (
          <Button disabled={isSwitching} onClick={() => void switchTo(profile)}>
            Switch to it
          </Button>
        )}
        <Menu
          label={`Actions for ${name}`}
          trigger={
            <IconButton label={`Actions for ${name}`}>
              <Ellipsis size={16} strokeWidth={1.75} aria-hidden />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => onAsk('rename')}>Rename</MenuItem>
          <MenuItem onSelect={() => onAsk('duplicate')}>Duplicate</MenuItem>
          <MenuItem onSelect={() => onAsk('export')}>Export</MenuItem>
          <MenuSeparator />
          <MenuItem
            isDanger
            isDisabled={isDefault || isActive || isStarting}
            onSelect={() => onAsk('delete')}
          >
            Delete
          </MenuItem>
        </Menu>
      </AdminOnly>
    </li>
  );
}

function AskedDialog({ asked, onClose }: { readonly asked: Asked; readonly onClose: () => void }) {
  switch (asked.kind) {
    case 'create':
      return <CreateDialog copyOf={null} onClose={onClose} />;
    case 'import':
      return <ImportDialog onClose={onClose} />;
    case 'duplicate':
      return <CreateDialog copyOf={asked.profile} onClose={onClose} />;
    case 'rename':
      return <RenameDialog profile={asked.profile} onClose={onClose} />;
    case 'export':
      return <ExportDialog profile={asked.profile} onClose={onClose} />;
    case 'delete':
      return <DeleteDialog profile={asked.profile} onClose={onClose} />;
  }
}
