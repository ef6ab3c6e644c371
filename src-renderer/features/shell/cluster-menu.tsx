import { Check, ChevronDown, Layers, LogOut, Play, Server, Settings, Square } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Menu, MenuItem, MenuLabel, MenuSeparator } from '../../components/menu.tsx';
import { navigate } from '../../router.ts';
import { type ClusterState, useClusterStore } from '../../stores/cluster-store.ts';
import { selectActiveProfile, useProfilesStore } from '../../stores/profiles-store.ts';
import { useIsAdmin } from '../../stores/rights.ts';
import { type SessionState, signOut, useSessionStore } from '../../stores/session-store.ts';
import { switchTo } from '../profiles/profile-actions.ts';
import { switchDemo } from '../settings/switch-demo.ts';

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** What the cluster is called here: the demo, or the host whose manager this is. */
export function clusterName(isDemo: boolean, hostname: string): string {
  if (isDemo) return 'Demo cluster';
  const isHere = ['', 'liveman', 'localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return isHere ? 'This computer' : hostname;
}

function selectIsDemoRunning(state: ClusterState): boolean {
  return state.status?.demo.isRunning ?? false;
}

function selectIsDemoAvailable(state: ClusterState): boolean {
  return state.status?.demo.isAvailable ?? false;
}

/** Who logged in; null where nobody has to, so that there is nothing to log out from. */
function selectUserName({ session }: SessionState): string | null {
  return session?.isAuthRequired ? session.name : null;
}

/** The name of the cluster and what can be done about the whole of it. */
export function ClusterMenu() {
  const isDemo = useClusterStore(selectIsDemoRunning);
  const isDemoAvailable = useClusterStore(selectIsDemoAvailable);
  const isAdmin = useIsAdmin();
  const userName = useSessionStore(selectUserName);
  const list = useProfilesStore((state) => state.list);
  const profiles = list?.profiles ?? [];
  const active = useProfilesStore(selectActiveProfile);
  const name = active && !active.isDefault ? active.name : clusterName(isDemo, window.location.hostname);
  return (
    <Menu
      label="Cluster"
      trigger={
        <Button icon={<Server {...ICON} />} aria-label={`Cluster: ${name}`}>
          {name}
          <ChevronDown {...ICON} />
        </Button>
      }
    >
      {userName && <MenuLabel>Logged in as {userName}</MenuLabel>}
      {profiles.length > 1 && (
        <>
          <MenuLabel>Profiles</MenuLabel>
          {profiles.map((profile) => (
            <MenuItem
              key={profile.id}
              icon={profile.isActive ? <Check {...ICON} /> : <Server {...ICON} />}
              hint={profile.id === list?.switchingTo ? 'starting' : profile.isActive ? 'runs' : ''}
              isDisabled={profile.isActive || list?.switchingTo !== null || !isAdmin}
              onSelect={() => void switchTo(profile)}
            >
              {profile.name}
            </MenuItem>
          ))}
          <MenuSeparator />
        </>
      )}
      <MenuItem icon={<Layers {...ICON} />} onSelect={() => navigate('settings', { section: 'profiles' })}>
        Manage profiles
      </MenuItem>
      {isDemoAvailable && isAdmin && (
        <MenuItem
          icon={isDemo ? <Square {...ICON} /> : <Play {...ICON} />}
          onSelect={() => void switchDemo(!isDemo)}
        >
          {isDemo ? 'Stop the demo cluster' : 'Open the demo cluster'}
        </MenuItem>
      )}
      <MenuItem icon={<Settings {...ICON} />} onSelect={() => navigate('settings')}>
        Settings
      </MenuItem>
      {userName && (
        <>
          <MenuSeparator />
          <MenuItem icon={<LogOut {...ICON} />} onSelect={() => void signOut()}>
            Log out
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
