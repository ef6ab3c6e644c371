import { Component, type ReactNode } from 'react';
import { errorMessage } from '../../api/client.ts';
import { ErrorState } from '../../components/error-state.tsx';

interface Props {
  readonly children: ReactNode;
}

interface State {
  readonly problem: string | null;
}

/** Keeps a defect of one view from taking the window with it. */
export class ViewBoundary extends Component<Props, State> {
  override readonly state: State = { problem: null };

  static getDerivedStateFromError(error: unknown): State {
    return { problem: errorMessage(error) };
  }

  override render(): ReactNode {
    if (this.state.problem === null) return this.props.children;
    return (
      <ErrorState
        title="This view failed"
        message={`${this.state.problem} The other views still work.`}
        onRetry={() => this.setState({ problem: null })}
      />
    );
  }
}
