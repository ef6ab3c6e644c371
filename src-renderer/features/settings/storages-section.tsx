import { useEffect } from 'react';
import { Callout } from '../../components/callout.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { readStorages, useStoragesStore } from '../../stores/storages-store.ts';
import { SettingsSection } from './settings-section.tsx';
import { StorageCard } from './storage-card.tsx';
import styles from './storages-section.module.css';

/** The storages, what they hold, who records to them, and a test of each. */
export function StoragesSection() {
  const { problem, storages } = useStoragesStore();
  useEffect(() => {
    const aborter = new AbortController();
    void readStorages(aborter.signal);
    return () => aborter.abort();
  }, []);
  return (
    <SettingsSection
      id="storage"
      title="Storages"
      place={
        <>
          <code>[recorder.storage]</code> and <code>[[storages]]</code> in liveman.toml
        </>
      }
    >
      <div className={styles.list}>
        {problem && (
          <Callout tone="bad" onRetry={() => void readStorages()}>
            {problem}
          </Callout>
        )}
        {!storages && !problem && <Skeleton width="100%" height={84} />}
        {storages?.map((storage) => (
          <StorageCard key={storage.name} storage={storage} isOnly={storages.length === 1} />
        ))}
      </div>
    </SettingsSection>
  );
}
