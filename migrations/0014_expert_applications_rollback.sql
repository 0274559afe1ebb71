DROP TABLE expert_applications;
