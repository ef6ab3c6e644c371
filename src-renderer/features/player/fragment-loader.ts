import { type FragmentLoaderContext, XhrLoader } from 'hls.js';

/**
 * Loads media objects for hls.js, and says nothing when the loading of an init segment is given up.
 *
 * hls.js 1.7.4 answers that message, which comes when it already loads what it was given up for, by giving that up
 * too, and then waits for ever: after a jump or a second start while an init segment was on its way.
 */
export class FragmentLoader extends XhrLoader {
  declare context: FragmentLoaderContext | null;

  override abort(): void {
    if (this.context?.frag.sn === 'initSegment') this.destroy();
    else super.abort();
  }
}
