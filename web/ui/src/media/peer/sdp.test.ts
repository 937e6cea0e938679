import { describe, expect, it } from "vitest";

import { offerSoundRepair } from "./sdp";

const OFFER = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111 9", "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 VP8/90000", ""].join("\r\n");

describe("an offer", () => {
  it("asks for lost sound, once, and of Opus alone", () => {
    const changed = offerSoundRepair(OFFER);
    expect(changed).toBe(OFFER.replace("opus/48000/2\r\n", "opus/48000/2\r\na=rtcp-fb:111 nack\r\n"));
    expect(offerSoundRepair(changed)).toBe(changed);
  });

  it("without Opus stays as it is", () => {
    const other = OFFER.replace("opus/48000/2", "PCMU/8000");
    expect(offerSoundRepair(other)).toBe(other);
  });
});
