import { Skeleton } from '../../components/skeleton.tsx';
import tileStyles from '../../components/tile.module.css';
import styles from './cluster-tiles.module.css';

const TITLES = ['Nodes', 'Streams live', 'Viewers', 'Recording', 'Traffic out', 'Storage'];

/** The tiles before anything is known: titles and grey bars, no figures that would not be true. */
export function TilesSkeleton() {
  return (
    <section className={styles.tiles} aria-label="Totals" aria-busy>
      {TITLES.map((title) => (
        <div key={title} className={tileStyles.tile}>
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
      ))}
    </section>
  );
}
