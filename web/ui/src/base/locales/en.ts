import admin from "../../../../locales/en/admin.json";
import agent from "../../../../locales/en/agent.json";
import auth from "../../../../locales/en/auth.json";
import boards from "../../../../locales/en/boards.json";
import common from "../../../../locales/en/common.json";
import conference from "../../../../locales/en/conference.json";
import conversations from "../../../../locales/en/conversations.json";
import desk from "../../../../locales/en/desk.json";
import files from "../../../../locales/en/files.json";
import guest from "../../../../locales/en/guest.json";
import help from "../../../../locales/en/help.json";
import legal from "../../../../locales/en/legal.json";
import profile from "../../../../locales/en/profile.json";
import recordings from "../../../../locales/en/recordings.json";
import settings from "../../../../locales/en/settings.json";

export default { admin, agent, auth, boards, common, conference, conversations, desk, files, guest, help, legal, profile, recordings, settings };
