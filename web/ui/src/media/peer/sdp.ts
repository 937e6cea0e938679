/** The one thing we say in an offer that browsers know and do not offer by themselves. */

/**
 * Offer generic NACK (RFC 4585 6.2.1) for Opus, so that lost sound is sent again when it can still be played.
 *
 * Browsers keep what they sent of a line whose answer takes this, and resend from it.
 */
export function offerSoundRepair(sdp: string): string {
  const lines = sdp.split("\r\n");
  const opus = lines.map((line) => /^a=rtpmap:(\d+) opus\/48000/i.exec(line)?.[1]).find((type) => type !== undefined);
  const repair = `a=rtcp-fb:${opus} nack`;
  if (opus === undefined || lines.includes(repair)) return sdp;
  return lines.flatMap((line) => (line.startsWith(`a=rtpmap:${opus} `) ? [line, repair] : [line])).join("\r\n");
}
