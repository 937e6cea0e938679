import { describe, expect, it } from "vitest";

import { chooseDevice, Devices, parseChoices, sortDevices } from "./devices";

const usb = { id: "usb", label: "USB microphone" };
const inner = { id: "inner", label: "Built-in" };

describe("which device to use", () => {
  it("is the system's default when nothing was chosen", () => {
    expect(chooseDevice([usb, inner], null)).toBeNull();
  });

  it("is the chosen one, by id", () => {
    expect(chooseDevice([inner, usb], usb)).toBe(usb);
  });

  it("is the chosen one by its label when the browser renewed the ids", () => {
    expect(chooseDevice([inner, { id: "other", label: "USB microphone" }], usb)).toEqual({ id: "other", label: "USB microphone" });
  });

  it("is the default while the chosen one is unplugged", () => {
    expect(chooseDevice([inner], usb)).toBeNull();
  });

  it("does not take an unnamed device for an unnamed one", () => {
    expect(chooseDevice([{ id: "a", label: "" }], { id: "b", label: "" })).toBeNull();
  });
});

describe("the lists", () => {
  it("leave out the browser's aliases and what has no id yet", () => {
    const lists = sortDevices([
      { kind: "audioinput", deviceId: "default", label: "Default - Built-in" },
      { kind: "audioinput", deviceId: "inner", label: "Built-in" },
      { kind: "videoinput", deviceId: "", label: "" },
      { kind: "audiooutput", deviceId: "communications", label: "Communications" },
    ]);
    expect(lists).toEqual({ microphone: [inner], camera: [], speaker: [] });
  });
});

describe("a remembered choice", () => {
  it("survives being unplugged and is used again when it is back", () => {
    const kept = new Map<string, string>();
    const devices = new Devices({ getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) });
    const show = (microphone: { id: string; label: string }[]) =>
      devices.state.change((state) => ({ ...state, lists: { microphone, camera: [], speaker: [] } }));
    show([inner, usb]);
    devices.choose("microphone", "usb");
    expect(devices.current("microphone")).toEqual(usb);
    show([inner]);
    expect(devices.current("microphone")).toBeNull();
    show([inner, usb]);
    expect(devices.current("microphone")).toEqual(usb);
    expect(parseChoices([...kept.values()][0] ?? null).microphone).toEqual(usb);
  });

  it("that is damaged is none", () => {
    const none = { microphone: null, camera: null, speaker: null };
    expect(parseChoices("{")).toEqual(none);
    expect(parseChoices('{"camera": 5, "speaker": {"id": 1}}')).toEqual(none);
    expect(parseChoices("null")).toEqual(none);
  });
});
