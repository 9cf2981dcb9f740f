// The workloads by name. Each prints what it found and says whether every promise was kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/report.h"
#include "bench/world.h"

namespace chasqui::bench {

struct Options {
  double seconds = 8;                        ///< measured per row of the loop
  int rounds = 3;                            ///< of the loop; the median counts
  std::uint64_t events = 200'000;            ///< of B1's backlog
  std::filesystem::path under = "/var/tmp";  ///< data directories are made here; /tmp may be memory
  std::filesystem::path reference;           ///< the folder of the reference sender, empty = leave it out
};

struct Workload {
  const char* name;
  const char* about;
  bool (*run)(const Options&);  ///< false when a promise was broken
};

bool run_loop(const Options&);          // loop.cc
bool run_idle_latency(const Options&);  // rates.cc
bool run_saturation(const Options&);
bool run_fan_out(const Options&);
bool run_slow_neighbour(const Options&);  // neighbours.cc
bool run_thundering_herd(const Options&);
bool run_crash(const Options&);  // trouble.cc
bool run_order(const Options&);
bool run_few_files(const Options&);
bool run_backlog(const Options&);  // backlog.cc

/// Rows about loss, repetition, order and signatures, the same for every workload. Ask after settling.
void add_promises(Sheet& sheet, Peers& peers);
/// A row with a number of the gateway's /metrics.
void add_metric(Sheet& sheet, World& world, const std::string& measure, const std::string& name);
/// Whether the figures are the gateway's: what the peers needed of their core, and what others took of both.
void add_shares(Sheet& sheet, const Measured& measured);

/// The reference sender at saturation, with Redis syncing as `append_fsync` says; nullopt, with a word on why, when something
/// that it needs is not there.
struct ReferenceResult {
  Measured measured;
  std::uint64_t inversions = 0, lost = 0;
};
std::optional<ReferenceResult> measure_reference(const Options&, const std::string& append_fsync,
                                                 std::string& why_not);  // reference.cc

}  // namespace chasqui::bench
