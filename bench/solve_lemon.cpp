// LEMON's minimum-cost-flow codes on a file of arcs.
//
// Usage: solve_lemon ALGORITHM FORMULATION FILE.arcs
//        solve_lemon ALGORITHM FORMULATION -        (many names of files on standard input)
//
// ALGORITHM: cost-scaling, network-simplex, capacity-scaling or cycle-canceling, each with LEMON's
// default options. FORMULATION: circulation (each arc earns its weight) or positions (the cheapest
// way to carry the members' net positions; what is carried can not be set off).
//
// Prints "ready" when the arcs are in memory, then one line of JSON a file. "build" is the time to
// make LEMON's graph and maps and to hand them to the algorithm, "solve" that of its run() alone.

#include <lemon/capacity_scaling.h>
#include <lemon/cost_scaling.h>
#include <lemon/cycle_canceling.h>
#include <lemon/network_simplex.h>
#include <lemon/static_graph.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <numeric>
#include <utility>

#include "arcs.hpp"

using Graph = lemon::StaticDigraph;

struct Clock {
  std::chrono::steady_clock::time_point wall = std::chrono::steady_clock::now();
  std::clock_t processor = std::clock();

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  }
  double processor_seconds() const {
    return double(std::clock() - processor) / CLOCKS_PER_SEC;
  }
};

// A line of /proc/self/status, in kilobytes.
long memory(const char* name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.compare(0, std::strlen(name), name) == 0)
      return std::stol(line.substr(line.find(':') + 1));
  return 0;
}

// From here on VmHWM is the peak since now.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

std::string decimal(__int128 number) {
  bool minus = number < 0;
  std::string digits;
  for (unsigned __int128 rest = minus ? -number : number; rest || digits.empty(); rest /= 10)
    digits.push_back('0' + int(rest % 10));
  if (minus) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

struct Outcome {
  double build, solve, processor;
  __int128 optimum;
};

template <typename Algorithm>
Outcome run(const Network& network, bool circulation) {
  Clock building;
  const auto& arcs = network.arcs;
  // StaticDigraph wants the arcs by their tails; a merged file has them so.
  std::vector<size_t> order(arcs.size());
  std::iota(order.begin(), order.end(), 0);
  if (!std::is_sorted(arcs.begin(), arcs.end(), [](auto& a, auto& b) { return a.debtor < b.debtor; }))
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return arcs[a].debtor < arcs[b].debtor; });
  Graph graph;
  {
    std::vector<std::pair<int, int>> ends(arcs.size());
    for (size_t i = 0; i < arcs.size(); ++i)
      ends[i] = {int(arcs[order[i]].debtor), int(arcs[order[i]].creditor)};
    graph.build(int(network.members), ends.begin(), ends.end());
  }
  Graph::ArcMap<int64_t> capacity(graph);
  Graph::ArcMap<int64_t> cost(graph);
  Graph::NodeMap<int64_t> supply(graph, 0);
  for (size_t i = 0; i < arcs.size(); ++i) {
    const Arc& arc = arcs[order[i]];
    Graph::Arc place = graph.arc(int(i));
    capacity[place] = arc.amount;
    cost[place] = circulation ? -network.weight(order[i]) : network.weight(order[i]);
    if (!circulation) {
      supply[graph.node(int(arc.debtor))] += arc.amount;
      supply[graph.node(int(arc.creditor))] -= arc.amount;
    }
  }
  Algorithm algorithm(graph);
  algorithm.upperMap(capacity).costMap(cost).supplyMap(supply);
  double build = building.seconds();

  Clock solving;
  auto status = algorithm.run();
  Outcome outcome{build, solving.seconds(), solving.processor_seconds(), 0};
  if (status != Algorithm::OPTIMAL) throw std::runtime_error("LEMON found no optimum");
  for (size_t i = 0; i < arcs.size(); ++i) {
    int64_t flow = algorithm.flow(graph.arc(int(i)));
    int64_t gone = circulation ? flow : arcs[order[i]].amount - flow;
    outcome.optimum += (__int128)gone * network.weight(order[i]);
  }
  return outcome;
}

Outcome run(const std::string& algorithm, const Network& network, bool circulation) {
  if (algorithm == "cost-scaling")
    return run<lemon::CostScaling<Graph, int64_t>>(network, circulation);
  if (algorithm == "network-simplex")
    return run<lemon::NetworkSimplex<Graph, int64_t>>(network, circulation);
  if (algorithm == "capacity-scaling")
    return run<lemon::CapacityScaling<Graph, int64_t>>(network, circulation);
  if (algorithm == "cycle-canceling")
    return run<lemon::CycleCanceling<Graph, int64_t>>(network, circulation);
  throw std::runtime_error("no algorithm " + algorithm);
}

void solve(const std::string& algorithm, const std::string& formulation, const std::string& path) {
  Clock reading;
  Network network = read_network(path);
  double read = reading.seconds();
  long before = memory("VmRSS");
  forget_peak();
  std::cout << "ready" << std::endl;
  Outcome outcome = run(algorithm, network, formulation == "circulation");
  std::cout << "{\"read\":" << read << ",\"build\":" << outcome.build
            << ",\"solve\":" << outcome.solve << ",\"processor\":" << outcome.processor
            << ",\"optimum\":\"" << decimal(outcome.optimum) << "\",\"before_kb\":" << before
            << ",\"peak_kb\":" << memory("VmHWM") << "}" << std::endl;
}

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: solve_lemon ALGORITHM FORMULATION FILE.arcs\n";
    return 2;
  }
  try {
    std::string path = words[3];
    if (path != "-") {
      solve(words[1], words[2], path);
    } else {
      while (std::getline(std::cin, path)) solve(words[1], words[2], path);
    }
  } catch (const std::exception& error) {
    std::cerr << "solve_lemon: " << error.what() << "\n";
    return 1;
  }
}
