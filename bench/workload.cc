// `make bench`: workloads that measure the whole gateway from outside. README.md says what each is and how to read it.
#include <sys/vfs.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/workloads.h"

namespace {

using namespace chasqui::bench;

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all{
      {"loop", "durable signed deliveries/s, against no store and against BullMQ; latency at 5,000/s", run_loop},
      {"W1", "idle latency: 10 messages/s", run_idle_latency},
      {"W2", "saturation: the highest rate that it keeps up with", run_saturation},
      {"W3", "fan-out: 10 endpoints for each message", run_fan_out},
      {"W5", "slow neighbour: 1 of 100 endpoints hangs", run_slow_neighbour},
      {"W7", "thundering herd: 100 endpoints are down, then up", run_thundering_herd},
      {"W9", "crash: kill -9 under load, several times", run_crash},
      {"W10", "order: 1,000 chats, a slow and failing receiver", run_order},
      {"B1", "a large backlog behind a receiver that never answers", run_backlog},
      {"B2", "5,000 messages at once with 256 file descriptors", run_few_files},
  };
  return all;
}

[[noreturn]] void usage(int code) {
  std::printf(
      "chasqui_workload [SECONDS] [ROUNDS] [--only NAME[,NAME…]|all] [--events N] [--data DIR] [--no-reference]\n\n"
      "Without --only: the loop, ROUNDS times (3), SECONDS (8) measured per row.\n"
      "  --events N       messages in B1's backlog (200000)\n"
      "  --data DIR       where data directories are made: the disk that is measured (/var/tmp)\n"
      "  --no-reference   leave out the comparison with BullMQ\n\n");
  for (const auto& workload : workloads()) std::printf("  %-5s %s\n", workload.name, workload.about);
  std::exit(code);
}

std::vector<const Workload*> chosen(std::string names) {
  std::vector<const Workload*> list;
  while (!names.empty()) {
    const auto end = std::min(names.find(','), names.size());
    const std::string name = names.substr(0, end);
    names.erase(0, std::min(names.size(), end + 1));
    for (const auto& workload : workloads())
      if (name == workload.name || name == "all") list.push_back(&workload);
    if (list.empty() || (name != "all" && name != list.back()->name)) {
      std::fprintf(stderr, "no workload has the name %s\n\n", name.c_str());
      usage(2);
    }
  }
  return list;
}

// What the figures depend on besides the program.
void print_place(const Options& options) {
  struct statfs fs {};
  statfs(options.under.c_str(), &fs);
  constexpr long kTmpfs = 0x01021994;
  std::printf("Data under %s%s.\n", options.under.c_str(),
              fs.f_type == kTmpfs ? ", WHICH IS MEMORY: syncing costs nothing there; choose another with --data" : "");
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.reference = CHASQUI_REFERENCE_DIR;
  std::string only = "loop";
  int numbers = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? argv[++i] : (usage(2), ""); };
    if (word == "--only") {
      only = value();
    } else if (word == "--events") {
      options.events = std::strtoull(value(), nullptr, 10);
    } else if (word == "--data") {
      options.under = value();
    } else if (word == "--no-reference") {
      options.reference.clear();
    } else if (word == "--help" || word == "-h") {
      usage(0);
    } else if (std::atof(word.c_str()) > 0 && numbers < 2) {
      if (++numbers == 1) options.seconds = std::atof(word.c_str());
      if (numbers == 2) options.rounds = std::max(1, std::atoi(word.c_str()));
    } else {
      usage(2);
    }
  }
  pin_to(kPeersCore);
  print_place(options);
  bool sound = true;
  for (const Workload* workload : chosen(only)) sound = workload->run(options) && sound;
  if (!sound) std::printf("\nUNSOUND: a promise was broken, see above.\n");
  return sound ? 0 : 1;
}
