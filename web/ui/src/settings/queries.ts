/** The settings as they were fetched: everything is asked again when an event says that a part is different now. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { tellProblem } from "@/base/problems";

import { keys } from "./keys";
import { api, type Project, type ProjectPhoneNumbers, type Widget } from "./rest";

export const useChannels = () => useQuery({ queryKey: keys.setting("channels"), queryFn: api.channels });
export const useTemplates = () => useQuery({ queryKey: keys.setting("templates"), queryFn: api.templates });
export const useCompany = () => useQuery({ queryKey: keys.setting("company"), queryFn: api.company });
export const useProjects = () => useQuery({ queryKey: keys.setting("projects"), queryFn: api.projects });
export const useProject = (project: string) => useQuery({ queryKey: keys.setting("project", project), queryFn: () => api.project(project) });
export const useSetup = () => useQuery({ queryKey: keys.setting("setup"), queryFn: api.setup });
export const useSounds = () => useQuery({ queryKey: keys.setting("sounds"), queryFn: api.sounds });

export function useWidget(project: string | null) {
  return useQuery({ queryKey: keys.setting("widget", project ?? ""), queryFn: () => api.widget(project ?? ""), enabled: project !== null });
}

export function usePhoneNumbers(project: string, digits: string) {
  return useQuery({
    queryKey: keys.setting("phone-numbers", project, digits),
    queryFn: () => api.phoneNumbers(project, digits),
    placeholderData: keepPreviousData,
  });
}

/** What is free changes by others, too: it is asked anew after every act, also after one that came too late. */
function usePhoneNumberAct(act: (project: string, number: string) => Promise<ProjectPhoneNumbers>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (given: [project: string, number: string]) => act(...given),
    onError: tellProblem,
    onSettled: () => cache.invalidateQueries({ queryKey: keys.setting("phone-numbers") }),
  });
}

export const useAssignPhoneNumber = () => usePhoneNumberAct(api.assignPhoneNumber);
export const useReleasePhoneNumber = () => usePhoneNumberAct(api.releasePhoneNumber);

/** An act whose answer is the whole of what it changed. */
function useChange<Arguments extends unknown[], Answer>(act: (...given: Arguments) => Promise<Answer>, keyOf: (answer: Answer) => readonly string[]) {
  const cache = useQueryClient();
  return useMutation<Answer, Error, Arguments>({
    mutationFn: (given: Arguments) => act(...given),
    onSuccess: (answer) => {
      cache.setQueryData(keyOf(answer), answer);
      void cache.invalidateQueries({ queryKey: keys.setting("setup") });
    },
    onError: tellProblem,
  });
}

const ofChannels = () => keys.setting("channels");
const ofCompany = () => keys.setting("company");
const ofProject = (project: Project) => keys.setting("project", project.id);
const ofWidget = (widget: Widget) => keys.setting("widget", widget.project_id);

export const useChangeChannel = () => useChange(api.changeChannel, ofChannels);
export const useSetUser = () => useChange(api.setUser, ofChannels);
export const useSetLicence = () => useChange(api.setLicence, ofChannels);
export const useSetAnnouncement = () => useChange(api.setAnnouncement, ofChannels);
export const useChangeCompany = () => useChange(api.changeCompany, ofCompany);
export const usePutLogo = () => useChange(api.putLogo, ofCompany);
export const useDeleteLogo = () => useChange(api.deleteLogo, ofCompany);
export const useChangeProject = () => useChange(api.changeProject, ofProject);
export const usePutMember = () => useChange(api.putMember, ofProject);
export const useRemoveMember = () => useChange(api.removeMember, ofProject);
export const useChangeWidget = () => useChange(api.changeWidget, ofWidget);
export const useCheckWidget = () => useChange(api.checkWidget, ofWidget);
export const usePutTrigger = () => useChange(api.putTrigger, ofWidget);
export const useDeleteTrigger = () => useChange(api.deleteTrigger, ofWidget);
