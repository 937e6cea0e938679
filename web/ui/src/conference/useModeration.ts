/** Whether this person moderates the call. */
import { useSession } from "@/app/session";

import { useCall } from "./callContext";
import { useValue } from "./useValue";

export function useModeration(): boolean {
  const { person } = useSession();
  const { conference } = useValue(useCall().state);
  return conference !== null && (person.role !== "customer" || conference.moderator_id === person.id);
}
