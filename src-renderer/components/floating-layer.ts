/** Where menus, popovers and hints are put: a named region of the page, so that nothing stands outside one. */
export function floatingLayer(): HTMLElement | null {
  return document.getElementById('floating');
}
