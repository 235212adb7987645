from sim.core.random_streams import Draw as Draw
