/** Whether this person moderates the call. */
import { useContext } from "react";

import { SignedInContext } from "@/app/session";

import { useCall } from "./callContext";
import { useValue } from "./useValue";

export function useModeration(): boolean {
  // A guest is nobody who is signed in, and moderates nothing.
  const person = useContext(SignedInContext)?.session.person;
  const { conference } = useValue(useCall().state);
  return conference !== null && person !== undefined && (person.role !== "customer" || conference.moderator_id === person.id);
}
