/** Stands in until the view is there. */
export function RecordingsView() {
  return null;
}
