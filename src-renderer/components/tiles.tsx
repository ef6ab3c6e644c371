import type { ReactNode } from 'react';
import { Skeleton } from './skeleton.tsx';
import tileStyles from './tile.module.css';
import styles from './tiles.module.css';

/** A row of tiles over the whole width. */
export function Tiles({ children }: { readonly children: ReactNode }) {
  return (
    <section className={styles.tiles} aria-label="Totals">
      {children}
    </section>
  );
}

/** The tiles before anything is known: titles and grey bars, no figures that would not be true. */
export function TilesSkeleton({ titles }: { readonly titles: readonly string[] }) {
  return (
    <section className={styles.tiles} aria-label="Totals" aria-busy>
      {titles.map((title) => (
        <TileSkeleton key={title} title={title} />
      ))}
    </section>
  );
}

/** A tile of which nothing is known yet, among others. */
export function TileSkeleton({ title }: { readonly title: string }) {
  return (
    <div className={tileStyles.tile}>
      <span className={tileStyles.title}>{title}</span>
      <span className={tileStyles.figure}>
        <span className={tileStyles.value}>
          <Skeleton width={72} height={18} />
        </span>
      </span>
      <span className={tileStyles.hint}>
        <Skeleton width={104} />
      </span>
    </div>
  );
}
