import { TriangleAlert } from 'lucide-react';
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

export interface ErrorStateProps {
  /** What does not work. */
  readonly title: string;
  /** Why, and what to do. */
  readonly message: string;
  readonly onRetry?: () => void;
}

/** What stands where content would be when it could not be read. */
export function ErrorState({ title, message, onRetry }: ErrorStateProps) {
  return (
    <div role="alert">
      <EmptyState
        title={title}
        icon={<TriangleAlert size={28} strokeWidth={1.5} color="var(--warn)" aria-hidden />}
        action={onRetry && <Button onClick={onRetry}>Try again</Button>}
      >
        {message}
      </EmptyState>
    </div>
  );
}
