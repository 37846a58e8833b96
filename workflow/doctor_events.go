package workflow

import "context"

// checkEvents says whether the program that is told of events takes them.
func (s *Service) checkEvents(context.Context, *checks) {}
