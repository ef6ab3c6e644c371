import type { ConnectionState } from '../../../src-shared/model/secret-state.ts';
import { api } from '../../api/client.ts';
import { Callout } from '../../components/callout.tsx';
import { type Fact, FactList } from '../../components/fact-list.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { formatDateTime } from '../../format/times.ts';
import { useZone } from '../../stores/settings-store.ts';
import { useReading } from '../../stores/use-reading.ts';
import styles from './secrets-section.module.css';
import { SettingsSection } from './settings-section.tsx';

const readConnections = (signal: AbortSignal) => api.call('getConnections', { signal });

/** The certificate of the endpoint, and how others are reached. */
export function ConnectionsSection() {
  const { problem, reload, value: state } = useReading('connections', readConnections);
  return (
    <SettingsSection
      id="connections"
      title="HTTPS and proxies"
      place={
        <>
          <code>[http.tls]</code>, <code>[tls]</code>, <code>[proxy]</code> in liveman.toml
        </>
      }
    >
      <div className={styles.stack}>
        {problem && (
          <Callout tone="bad" onRetry={reload}>
            {problem}
          </Callout>
        )}
        {state === null && !problem && <Skeleton width={260} />}
        {state?.certificate?.problem && <Callout>{state.certificate.problem}</Callout>}
        {state && <ConnectionFacts state={state} />}
      </div>
    </SettingsSection>
  );
}

function ConnectionFacts({ state }: { readonly state: ConnectionState }) {
  const zone = useZone();
  const { caFiles, certificate, proxies, publicUrl } = state;
  const facts: Fact[] = [
    { name: 'Address', value: publicUrl },
    ...(certificate
      ? [
          { name: 'Certificate', value: `${certificate.certPath}, for ${certificate.names}` },
          { name: 'Good until', value: formatDateTime(certificate.expiresMs * 1000, zone, 'minutes') },
        ]
      : [{ name: 'Certificate', value: 'none: the endpoint is plain HTTP' }]),
    {
      name: 'Trusted',
      value: caFiles.length === 0 ? 'public authorities' : `public authorities, ${caFiles.join(', ')}`,
    },
    { name: 'Proxy', value: proxies.length === 0 ? 'none' : proxies.join(', ') },
  ];
  return <FactList facts={facts} />;
}
