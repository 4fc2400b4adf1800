// Showing another organization.

import { chooseOrganization } from "../../api/client";
import { finishDeletions } from "../../ui/undo";

/**
 * Shows another organization, by id, name or alias, from its start. What is about to be deleted belongs to the one that is left, so it goes
 * first; then the page is loaded anew, so that nothing half-filled and no list is carried over. Never comes back.
 */
export async function switchTo(organization: string | null): Promise<never> {
  await finishDeletions();
  chooseOrganization(organization);
  window.location.replace("/");
  return new Promise(() => {});
}
