import admin from "../../../../locales/pl/admin.json";
import agent from "../../../../locales/pl/agent.json";
import auth from "../../../../locales/pl/auth.json";
import boards from "../../../../locales/pl/boards.json";
import common from "../../../../locales/pl/common.json";
import conference from "../../../../locales/pl/conference.json";
import conversations from "../../../../locales/pl/conversations.json";
import desk from "../../../../locales/pl/desk.json";
import files from "../../../../locales/pl/files.json";
import guest from "../../../../locales/pl/guest.json";
import help from "../../../../locales/pl/help.json";
import legal from "../../../../locales/pl/legal.json";
import profile from "../../../../locales/pl/profile.json";
import recordings from "../../../../locales/pl/recordings.json";
import settings from "../../../../locales/pl/settings.json";

export default { admin, agent, auth, boards, common, conference, conversations, desk, files, guest, help, legal, profile, recordings, settings };
