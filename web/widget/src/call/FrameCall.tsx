/** The call inside the frame, for phones and for browsers that open no windows. */
import { useParts } from "../frame/context";
import { Room } from "./Room";

export default function FrameCall() {
  const { visit, calls } = useParts();
  return (
    <section class="framecall">
      <Room visit={visit} camera={calls.camera} onOver={() => calls.end()} />
    </section>
  );
}
