import { ArrowDown, ArrowUp, Lock, Plus, Trash2 } from 'lucide-react';
import type { RetentionRule, RetentionState } from '../../../src-shared/model/retention.ts';
import { Button } from '../../components/button.tsx';
import { IconButton } from '../../components/icon-button.tsx';
import { formatBytes } from '../../format/numbers.ts';
import { limitsText, outlookText } from './retention-words.ts';
import { moved, newDraft, problemsOf, type RuleDraft } from './rule-draft.ts';
import styles from './rule-table.module.css';

export interface RuleTableProps {
  readonly state: RetentionState;
  readonly drafts: readonly RuleDraft[];
  /** Whether the drafts are the saved rules, so that figures belong to them. */
  readonly isSaved: boolean;
  readonly onChange: (drafts: readonly RuleDraft[]) => void;
}

const ICON = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const;

/** The rules in the order they are tried: those of the file, locked, then those written here. */
export function RuleTable({ drafts, isSaved, onChange, state }: RuleTableProps) {
  const ofFile = state.rules.filter(({ source }) => source === 'file');
  const saved = state.rules.filter(({ source }) => source === 'window');
  const replace = (draft: RuleDraft) =>
    onChange(drafts.map((each) => (each.key === draft.key ? draft : each)));
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label="Retention rules">
        <thead>
          <tr>
            <th scope="col">#</th>
            <th scope="col">Streams</th>
            <th scope="col" data-number>
              Keep, days
            </th>
            <th scope="col" data-number>
              At most, GB
            </th>
            <th scope="col" data-number>
              Takes now
            </th>
            <th scope="col">Outlook</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {ofFile.map((rule, index) => (
            <FileRow key={rule.id} rule={rule} place={index + 1} state={state} />
          ))}
          {drafts.map((draft, index) => (
            <DraftRow
              key={draft.key}
              draft={draft}
              place={ofFile.length + index + 1}
              figures={isSaved ? <Figures ruleId={saved[index]?.id ?? ''} state={state} /> : <NoFigures />}
              isFirst={index === 0}
              isLast={index === drafts.length - 1}
              onChange={replace}
              onMove={(by) => onChange(moved(drafts, index, by))}
              onRemove={() => onChange(drafts.filter(({ key }) => key !== draft.key))}
            />
          ))}
        </tbody>
      </table>
      <div className={styles.foot}>
        <Button icon={<Plus {...ICON} />} onClick={() => onChange([...drafts, newDraft()])}>
          Add rule
        </Button>
        <span className={styles.hint}>
          The first rule that matches a stream counts; * stands for any text. A rule without limits keeps
          everything, as do streams that no rule matches.
        </span>
      </div>
    </div>
  );
}

function FileRow({
  rule,
  place,
  state,
}: {
  readonly rule: RetentionRule;
  readonly place: number;
  readonly state: RetentionState;
}) {
  return (
    <tr className={styles.fixed}>
      <td className={styles.place}>{place}</td>
      <td>{rule.streams.join(', ')}</td>
      <td data-number>{rule.keepDays ?? '–'}</td>
      <td data-number>{rule.maxBytes === null ? '–' : rule.maxBytes / 1e9}</td>
      <Figures ruleId={rule.id} state={state} />
      <td className={styles.actions} title={`liveman.toml: ${limitsText(rule)}. Change it there.`}>
        <span className={styles.locked}>
          <Lock size={14} strokeWidth={1.75} aria-hidden /> liveman.toml
        </span>
      </td>
    </tr>
  );
}

interface DraftRowProps {
  readonly draft: RuleDraft;
  readonly place: number;
  readonly figures: React.ReactNode;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly onChange: (draft: RuleDraft) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onRemove: () => void;
}

function DraftRow({ draft, figures, isFirst, isLast, onChange, onMove, onRemove, place }: DraftRowProps) {
  const problems = problemsOf(draft);
  const name = `rule ${place}`;
  const field = (key: 'streams' | 'days' | 'gigabytes', label: string, placeholder: string) => (
    <input
      className={styles.input}
      aria-label={`${label} of ${name}`}
      aria-invalid={problems[key] !== null || undefined}
      title={problems[key] ?? undefined}
      placeholder={placeholder}
      value={draft[key]}
      spellCheck={false}
      inputMode={key === 'streams' ? 'text' : 'decimal'}
      onChange={(event) => onChange({ ...draft, [key]: event.target.value })}
    />
  );
  return (
    <tr>
      <td className={styles.place}>{place}</td>
      <td>{field('streams', 'Streams', 'cam*, yard-7')}</td>
      <td data-number>{field('days', 'Days', 'no limit')}</td>
      <td data-number>{field('gigabytes', 'Gigabytes', 'no limit')}</td>
      {figures}
      <td className={styles.actions}>
        <IconButton label={`Move ${name} up`} disabled={isFirst} onClick={() => onMove(-1)}>
          <ArrowUp {...ICON} />
        </IconButton>
        <IconButton label={`Move ${name} down`} disabled={isLast} onClick={() => onMove(1)}>
          <ArrowDown {...ICON} />
        </IconButton>
        <IconButton label={`Take ${name} away`} onClick={onRemove}>
          <Trash2 {...ICON} />
        </IconButton>
      </td>
    </tr>
  );
}

function Figures({ ruleId, state }: { readonly ruleId: string; readonly state: RetentionState }) {
  const rule = state.forecast.rules.find((each) => each.ruleId === ruleId);
  if (!rule) return <NoFigures />;
  return (
    <>
      <td data-number>{formatBytes(rule.storedBytes)}</td>
      <td className={styles.outlook}>{outlookText(rule)}</td>
    </>
  );
}

function NoFigures() {
  return (
    <>
      <td data-number className={styles.none}>
        –
      </td>
      <td className={styles.none}>not saved</td>
    </>
  );
}
