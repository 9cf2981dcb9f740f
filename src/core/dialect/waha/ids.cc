#include "core/dialect/waha/ids.h"

namespace chasqui::waha {

std::string cus_format(std::string_view id) {
  if (id.empty() || id == "me" || id.ends_with("@g.us") || id.ends_with("@broadcast") || id.ends_with("@newsletter")) return std::string(id);
  const auto at = id.find('@');
  const std::string_view user = id.substr(0, at);
  const std::string_view bare = user.substr(0, user.find(':'));
  return std::string(bare).append(id.ends_with("@lid") ? "@lid" : "@c.us");
}

void append_chat_id(std::string& out, const Party& party) {
  if (party.kind == PartyKind::status) {
    out.append("status@broadcast");
  } else if (party.kind == PartyKind::group) {
    // Meta's group ids are opaque and have no address part.
    const std::string_view id = party.jid;
    out.append(id);
    if (!id.empty() && id.find('@') == id.npos) out.append("@g.us");
  } else if (!party.phone.empty()) {
    out.append(party.phone).append("@c.us");
  } else if (!party.lid.empty()) {
    out.append(party.lid).append("@lid");
  } else if (!party.jid.empty()) {
    out.append(cus_format(party.jid));
  } else if (!party.user_id.empty()) {
    out.append(party.user_id).append("@lid");
  }
}

void append_message_id(std::string& out, const MessageRef& ref) {
  out.append(ref.from_me ? "true_" : "false_");
  append_chat_id(out, ref.chat);
  out.append("_").append(ref.id);
  const bool several = ref.chat.kind == PartyKind::group || ref.chat.kind == PartyKind::status;
  if (several && ref.participant) {
    out.push_back('_');
    append_chat_id(out, *ref.participant);
  }
}

}  // namespace chasqui::waha
