import type { RecordControl } from '../../record-control/record-control.ts';
import type { Handlers } from '../endpoint.ts';
import { maySee } from '../principal.ts';

type RecordControlRoute = 'startRecording' | 'getRecording' | 'stopRecording' | 'listRecorders';

/** Starting and stopping recordings: upstream's routes, and the state of each node beside them. */
export function recordControlHandlers(control: RecordControl): Pick<Handlers, RecordControlRoute> {
  return {
    startRecording: async ({ params, query, signal }) => {
      const mpdPath = await control.startRecording(params.stream, query.node, signal);
      return { started: true, mpd_path: mpdPath };
    },
    getRecording: async ({ params, query, signal }) => ({
      recording: await control.isRecording(params.stream, query.node, signal),
    }),
    stopRecording: async ({ params, query, signal }) => ({
      stopped: await control.stopRecording(params.stream, query.node, signal),
    }),
    listRecorders: async ({ principal, query, signal }) => {
      if (query.stream !== undefined && !maySee(principal, query.stream)) return { recorders: [] };
      const recorders = await control.list(query.stream, signal);
      return { recorders: recorders.filter((recorder) => maySee(principal, recorder.stream)) };
    },
  };
}
