package workflow

import (
	"time"

	"countersign/model"
)

// EndpointSettings is what is configured about endpoint requests and incidents.
type EndpointSettings struct {
	// Group decides endpoint requests and devices; "" is the first approval group
	// of the default policy.
	Group model.GroupName
	// Rules decide endpoint requests, if Apply says so; else TestRules only tells
	// what they would do.
	Rules []model.EndpointRule
	Apply bool
	// Hints are those of the configuration, beside the built-in ones.
	Hints []model.HintRule
	// HintsOff names built-in hints that are not told, about devices as well.
	HintsOff  []string
	Incidents model.IncidentTable
	// Alike returns for each of some names the others that look like it, and Mixed
	// the scripts of a name that do not belong together; nil notices neither. What
	// knows letters is not for this package to import.
	Alike func(names []string) map[string][]string
	Mixed func(name string) []string
	// Zone is where hours are counted for hints; nil is UTC.
	Zone *time.Location
}

// hints returns what is to be noticed about a request. recent are requests of the
// time before it.
func (s *Service) hints(e model.EndpointRequest, recent []model.EndpointRequest) []model.Hint {
	zone := s.endpoints.Zone
	if zone == nil {
		zone = time.UTC
	}
	found := model.Hints(e, recent, s.endpoints.Hints, s.now().In(zone))
	if s.endpoints.Alike != nil && s.endpoints.Mixed != nil {
		found = append(found, model.LookAlikeHints(e, recent, s.endpoints.Alike, s.endpoints.Mixed)...)
	}
	return model.WithoutHints(found, s.endpoints.HintsOff)
}
