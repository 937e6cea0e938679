/** Whether this person moderates the call. */
import { useContext } from "react";

import { SignedInContext } from "@/base/session";
import { useValue } from "@/base/useValue";

import { useCall } from "./callContext";

export function useModeration(): boolean {
  // A guest is nobody who is signed in, and moderates nothing.
  const person = useContext(SignedInContext)?.session.person;
  const { conference } = useValue(useCall().state);
  return conference !== null && person !== undefined && (person.role !== "customer" || conference.moderator_id === person.id);
}
