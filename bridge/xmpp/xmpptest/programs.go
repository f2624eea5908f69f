package xmpptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are the launchers of one server; control is empty for ejabberd, which
// is spoken to over HTTP.
type programs struct{ server, control string }

// findPrograms looks for names in dir (the .cache of a checkout), without dir in
// .cache upwards from the working directory, and then on the PATH.
func findPrograms(dir, kind string, names ...string) ([]string, error) {
	places := []string{dir}
	if dir == "" {
		places = cachesUpwards()
	}
	for _, place := range places {
		if found := inFolder(filepath.Join(place, "bin"), names); found != nil {
			return found, nil
		}
	}
	if dir == "" {
		found := make([]string, 0, len(names))
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				found = append(found, path)
			}
		}
		if len(found) == len(names) {
			return found, nil
		}
	}
	return nil, fmt.Errorf("xmpptest: %s is not here: run `make deps-test` in the checkout", kind)
}

// cachesUpwards lists .cache in the working directory and in each above it.
func cachesUpwards() []string {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	var places []string
	for {
		places = append(places, filepath.Join(dir, ".cache"))
		parent := filepath.Dir(dir)
		if parent == dir {
			return places
		}
		dir = parent
	}
}

// inFolder returns the paths of names in dir, or nil unless all are there.
func inFolder(dir string, names []string) []string {
	found := make([]string, 0, len(names))
	for _, name := range names {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.Mode()&0o111 == 0 {
			return nil
		}
		found = append(found, path)
	}
	return found
}

// command is how the server is started, on the configuration that was written.
func (s *Server) command() command {
	if s.Kind == Ejabberd {
		return s.ejabberdCommand()
	}
	return s.prosodyCommand()
}
