// Package cli holds the commands of the program and wires its parts together.
//
// The rules it keeps:
//
//   - It decides nothing that package workflow should decide: a command reads its
//     words, calls one verb as the person who called the program, and prints.
//   - Who calls is the operating system's user, never a variable of the
//     environment.
//   - What a command prints for people goes through safetext; JSON carries the
//     text as it is, with everything escaped that a terminal could obey or that
//     hides.
//   - An error is one sentence and, where there is one, advice, on standard error;
//     the exit code says which kind it is (see codes).
//   - Run is one call of the program with all its surroundings given, so that
//     others can run commands inside their own process.
package cli
