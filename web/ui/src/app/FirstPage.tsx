/** Where one begins: an administrator who never put it away sees the start screen (CC-011), everybody else the conversations. */
import { Navigate } from "@tanstack/react-router";

import { Loading } from "@/base/Loading";
import { useMay } from "@/base/session";
import { useAgentHome } from "@/desk/home/home";

export function FirstPage() {
  const mayConfigure = useMay("desk.configure");
  const { data: home, isError } = useAgentHome(mayConfigure);
  if (mayConfigure && home === undefined && !isError) return <Loading />;
  return <Navigate to={mayConfigure && home?.welcomed === false ? "/start" : "/conferencing"} replace />;
}
