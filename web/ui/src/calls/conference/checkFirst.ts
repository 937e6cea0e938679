/** Whether camera and microphone are looked at before a call; chosen by the person, and never in the way of a ring. */

const STORED = "centrala.check-first";

export function wantsCheckFirst(storage: Pick<Storage, "getItem"> = window.localStorage): boolean {
  return storage.getItem(STORED) === "1";
}

export function setCheckFirst(wanted: boolean, storage: Pick<Storage, "setItem"> = window.localStorage): void {
  storage.setItem(STORED, wanted ? "1" : "0");
}

/** ?check=1 looks in any case, ?check=0 never; somebody who answers a ring is waited for. */
export function isCheckedFirst(address: string, storage?: Pick<Storage, "getItem">): boolean {
  const search = new URLSearchParams(address);
  const asked = search.get("check");
  if (asked !== null) return asked === "1";
  return search.get("conference") === null && search.get("answering") === null && wantsCheckFirst(storage);
}
